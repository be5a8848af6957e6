// Recognises licence texts and what they oblige.
